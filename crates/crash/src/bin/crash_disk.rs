//! Serves one block disk (`block_disk`) and does what it is told (`block_orders`) until nobody speaks to it any more.

#[cfg(target_os = "linux")]
use served::serve;

fn main() -> std::process::ExitCode {
    serve()
}

#[cfg(not(target_os = "linux"))]
fn serve() -> std::process::ExitCode {
    panic!("only Linux has loop devices over FUSE")
}

#[cfg(target_os = "linux")]
mod served {
    use std::io::{self, Write as _};
    use std::path::Path;
    use std::process::{Command, ExitCode};
    use std::time::{Duration, Instant};

    use fuser::{BackgroundSession, Config, Session};
    use linkstead_crash::block_disk::{BlockDisk, THREADS};
    use linkstead_crash::block_orders::{Answer, Ask, Service};

    /// How long the kernel may take to let go of the disk.
    const PATIENCE: Duration = Duration::from_secs(10);

    pub(crate) fn serve() -> ExitCode {
        let order = std::env::args().nth(1).expect("one order");
        let service: Service = serde_json::from_str(&order).expect("an order");
        match begin(&service) {
            Ok((disk, session)) => {
                answer(&disk.condition().map_err(|error| error.to_string()));
                listen(&disk);
                end(&service, &session);
                ExitCode::SUCCESS
            }
            Err(error) => {
                answer(&Err(format!("{}: {error}", service.at.display())));
                ExitCode::from(1)
            }
        }
    }

    fn begin(service: &Service) -> io::Result<(BlockDisk, BackgroundSession)> {
        let disk = BlockDisk::new(&service.content, &service.recording)?;
        let mut config = Config::default();
        config.n_threads = Some(THREADS);
        let session = Session::new(disk.clone(), &service.at, &config)?.spawn()?;
        Ok((disk, session))
    }

    fn listen(disk: &BlockDisk) {
        for line in io::stdin().lines().map_while(Result::ok) {
            let done = match serde_json::from_str(&line).expect("an order") {
                Ask::Mark(mark) => disk.mark(mark),
                Ask::Suffer(illness) => {
                    disk.suffer(Some(illness));
                    Ok(())
                }
                Ask::Heal => {
                    disk.suffer(None);
                    Ok(())
                }
                Ask::Report => Ok(()),
            };
            let condition = done.and_then(|()| disk.condition());
            answer(&condition.map_err(|error| error.to_string()));
        }
    }

    fn answer(answer: &Answer) {
        println!("{}", serde_json::to_string(answer).expect("plain"));
        // Who does not listen any more does not speak either, which ends us.
        let _ = io::stdout().flush();
    }

    /// Lets the filesystem on the disk write what it has, if its user did not take it down, then takes the disk away.
    fn end(service: &Service, session: &BackgroundSession) {
        take_down(&service.mounted);
        take_down(&service.at);
        let begun = Instant::now();
        while !session.guard.is_finished() && begun.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn take_down(directory: &Path) {
        // It is not mounted, most of the time.
        let _ = Command::new("umount")
            .args(["--lazy", "--quiet"])
            .arg(directory)
            .output();
    }
}
