//! Seeded worlds: created once, cached and copied.

use shop_app::{ShopError, World, seed};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const SMALL: &str = r#"{"data": {"products": 40, "customers": 20}}"#;

fn world(number: u64) -> World {
    World::new("microservices", number, SMALL).expect("the shape and the settings exist")
}

/// Every file below a folder, with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let bytes = fs::read(&path).expect("the file can be read");
            found.insert(path.display().to_string(), bytes);
        }
    }
    found
}

#[tokio::test]
async fn a_world_is_created_once_and_then_copied() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    seed(&world(1), &cache, &folder.path().join("first"))
        .await
        .unwrap();
    let kept = files(&cache);
    seed(&world(1), &cache, &folder.path().join("second"))
        .await
        .unwrap();
    assert_eq!(files(&cache), kept);
    let first = files(&folder.path().join("first"));
    let second = files(&folder.path().join("second"));
    assert!(first.keys().any(|name| name.ends_with("payment.db")));
    assert!(first.values().eq(second.values()));
}

#[tokio::test]
async fn another_seed_is_another_world_in_the_same_cache() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    for number in [1, 2] {
        let data = folder.path().join(number.to_string());
        seed(&world(number), &cache, &data).await.unwrap();
    }
    assert_eq!(fs::read_dir(&cache).unwrap().count(), 2);
}

#[tokio::test]
async fn a_folder_that_is_not_empty_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("precious"), "mine").unwrap();
    let refused = seed(&world(1), &folder.path().join("cache"), &data).await;
    assert!(matches!(refused, Err(ShopError::NotEmpty { .. })));
    assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
}
