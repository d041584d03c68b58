// The whole of app.js: one line per island. Pages read, and forms work, without any of them.
import "../styles/app.css";
import "./face";
import "./confirm";
import "./offline";
import "./draft";
import "./upload";
import "./paste";
import "./progress";
import "./onsite";
import "./check";
import "./autosave";
