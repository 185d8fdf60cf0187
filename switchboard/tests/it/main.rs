//! The program as its operator meets it: what it prints, and how it ends.

mod program;
mod start;
mod tls;
