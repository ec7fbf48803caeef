//! The shop's commands without the harness: `cargo run -p shop-app --example shop -- --help`.

use clap::Parser;
use shop_app::{ShopCommand, ShopError, run};

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: ShopCommand,
}

fn main() -> Result<(), ShopError> {
    run(Arguments::parse().command)
}
