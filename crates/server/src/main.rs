//! 烽燧: the binary. Pages, jobs and command line over the crates `regulation`, `store` and `papers`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    server::cli::run().await
}
