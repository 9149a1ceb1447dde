//! Files that hold keys: read only when nobody else on the machine can.

use std::fs;
use std::path::Path;

use super::SettingsError;

/// Reads a key file.
///
/// # Errors
/// A sentence saying what to do when the file cannot be read, or when its group or others may read or write it.
pub fn read_key_file(path: &Path) -> Result<Vec<u8>, SettingsError> {
    check(path).map_err(SettingsError::one)?;
    fs::read(path).map_err(|error| SettingsError::one(format!("{} cannot be read: {error}.", path.display())))
}

/// Says what is wrong with a key file, if anything is.
pub(super) fn check(path: &Path) -> Result<(), String> {
    let metadata = fs::metadata(path).map_err(|error| {
        format!("The key file {} cannot be opened ({error}); create it or correct the setting.", path.display())
    })?;
    if !metadata.is_file() {
        return Err(format!("The key file {} is not a file.", path.display()));
    }
    check_mode(path, &metadata)
}

#[cfg(unix)]
fn check_mode(path: &Path, metadata: &fs::Metadata) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let shown = mode & 0o777;
    Err(format!(
        "The key file {} is open to others than its owner (mode {shown:04o}); run: chmod 600 {}",
        path.display(),
        path.display()
    ))
}

#[cfg(not(unix))]
fn check_mode(_: &Path, _: &fs::Metadata) -> Result<(), String> {
    Ok(())
}
