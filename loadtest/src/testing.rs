//! What tests need beside the client. Test support: it panics with a sentence where a test could only fail.

mod port;
mod redis;
mod redis_cluster;
mod redis_node;
mod redis_sentinel;

pub use port::free_port;
pub use redis::RedisServer;
pub use redis_cluster::RedisCluster;
pub use redis_node::{RedisNode, wait_until};
pub use redis_sentinel::RedisSentinels;
