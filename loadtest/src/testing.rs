//! What tests need beside the client. Test support: it panics with a sentence where a test could only fail.

mod redis;

pub use redis::RedisServer;
