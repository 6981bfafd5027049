//! Writes the seeds of the target `plan` into the directory that is named: `cargo run --example write_seeds -- corpus/plan`.

fn main() -> std::io::Result<()> {
    let directory = std::path::PathBuf::from(std::env::args_os().nth(1).expect("a directory"));
    std::fs::create_dir_all(&directory)?;
    for (name, bytes) in linkstead_store_fuzz::seeds::archives() {
        std::fs::write(directory.join(name), bytes)?;
    }
    Ok(())
}
