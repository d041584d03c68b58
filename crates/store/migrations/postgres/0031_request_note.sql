-- 企业登记申请 (reading K95): why a credit code whose last digit does not check is the firm's all the same.
ALTER TABLE firm_request ADD COLUMN uscc_note TEXT NOT NULL DEFAULT '';
