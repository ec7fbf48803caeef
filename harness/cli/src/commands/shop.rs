//! `shakedown shop`: the reference shop without a scenario.

use harness_model::ExitCode;

use crate::args::Shop;
use crate::failure::Failure;

pub fn shop(command: Shop) -> Result<ExitCode, Failure> {
    let Shop::Part(part) = command;
    shop_app::run(part)
        .map(|()| ExitCode::Pass)
        .map_err(Failure::target)
}
