//! The program; all of it is in the library beside, which tests and fuzz targets reach too.

use std::process::ExitCode;

fn main() -> ExitCode {
    switchboard::main()
}
