//! Compiles the contract with protox (no protoc), and checks that what is committed is what it makes.
#![allow(dead_code, missing_docs, unreachable_pub)]

use std::path::Path;

/// Compiles `root/switchboard/v1/*.proto` into `out`: messages, services, proto3 JSON, descriptors.
pub fn generate(root: &Path, out: &Path) {
    let files = ["client", "error", "gateway_link", "position", "room", "room_service"]
        .map(|name| format!("switchboard/v1/{name}.proto"));
    let mut compiler = protox::Compiler::new([root]).expect("the folder is there");
    compiler.include_imports(true).include_source_info(true);
    // What errors carry beside their status: who turns them into JSON has to know it.
    let files = files.into_iter().chain(["google/rpc/error_details.proto".into()]);
    compiler.open_files(files).expect("the protos compile");
    std::fs::create_dir_all(out).expect("the folder can be made");
    // With the HTTP rules, which prost would drop as options that it does not know.
    let bytes = compiler.encode_file_descriptor_set();
    let descriptors = compiler.file_descriptor_set();
    std::fs::write(out.join("descriptor.bin"), &bytes).expect("the descriptors can be written");
    tonic_prost_build::configure()
        .out_dir(out)
        .compile_well_known_types(true)
        .extern_path(".google.protobuf", "::pbjson_types")
        // Used in options and in details of errors alone.
        .extern_path(".google.api", "::google_api")
        .extern_path(".google.rpc", "::tonic_types::pb")
        .compile_fds(descriptors)
        .expect("messages and services can be generated");
    pbjson_build::Builder::new()
        .register_descriptors(&bytes)
        .expect("the descriptors decode")
        .out_dir(out)
        .ignore_unknown_fields()
        .extern_path(".google.protobuf", "::pbjson_types")
        .build(&[".switchboard.v1"])
        .expect("the JSON form can be generated");
}

#[test]
fn committed_code_is_what_the_protos_make() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fresh = tempfile::tempdir().expect("a temporary folder");
    generate(root, fresh.path());
    for name in ["switchboard.v1.rs", "switchboard.v1.serde.rs", "descriptor.bin"] {
        let made = std::fs::read(fresh.path().join(name)).expect("was generated");
        let committed = std::fs::read(root.join("src/gen").join(name)).unwrap_or_default();
        assert!(made == committed, "src/gen/{name} is stale: cargo run -p switchboard-proto --example gen");
    }
}
