//! 烽燧: the binary. Pages, jobs and command line over the crates `regulation`, `store` and `papers`.

use std::process::ExitCode;

/// A page is thousands of short texts, made by one thread and dropped by another.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    server::cli::run().await
}
