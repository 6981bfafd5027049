//! How a directory is made of a tree (store-format.md, section 8), and the directory id that says so.

use serde::{Deserialize, Serialize};

use crate::bytes::put_counted;
use crate::digest::{DigestHasher, DirectoryId, TreeId};
use crate::private::PrivateGlobs;

/// Version of the encoding of a layout.
const VERSION: u8 = 1;

/// How the files of a directory that are not private relate to objects.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum LayoutKind {
    /// Hard links; sealed copies where there can be none.
    #[default]
    Linked,
    /// Copies or reflinks of the directory's own.
    Isolated,
}

/// Linked or isolated, and the private globs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// Linked or isolated.
    pub kind: LayoutKind,
    /// The files that are the server's own to change.
    pub private: PrivateGlobs,
}

impl Layout {
    /// The bytes that the directory id is made from.
    pub fn encode(&self) -> Vec<u8> {
        let kind = match self.kind {
            LayoutKind::Linked => 0,
            LayoutKind::Isolated => 1,
        };
        let mut out = vec![VERSION, kind];
        out.extend_from_slice(&self.private.count().to_le_bytes());
        for glob in self.private.iter() {
            put_counted(&mut out, glob.as_bytes());
        }
        out
    }

    /// The id of a directory that is made of this tree in this layout.
    pub fn directory_id(&self, tree: &TreeId) -> DirectoryId {
        let mut hasher = DigestHasher::new();
        hasher.update(tree.as_bytes());
        hasher.update(&self.encode());
        DirectoryId::from_digest(hasher.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Layout {
        Layout {
            kind: LayoutKind::Linked,
            private: PrivateGlobs::new(["*.pyc", "**/__pycache__/**", "*.pyc"]).unwrap(),
        }
    }

    #[test]
    fn the_example_of_the_specification_holds() {
        let hex: String = example()
            .encode()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            hex,
            "0100020011002a2a2f5f5f707963616368655f5f2f2a2a05002a2e707963"
        );
        let tree = "236d23ffb9b463fb3c7e749356539f5238657daeddaddc6e131151a26af825d3";
        assert_eq!(
            example().directory_id(&tree.parse().unwrap()).to_string(),
            "e7c78b8923ccf8b2e25ba7c1d27f92def19af14206396a2bd86d2c928a64c2eb"
        );
    }

    #[test]
    fn json_is_as_in_a_receipt() {
        let json = serde_json::to_string(&example()).unwrap();
        assert_eq!(
            json,
            r#"{"kind":"linked","private":["**/__pycache__/**","*.pyc"]}"#
        );
        assert_eq!(serde_json::from_str::<Layout>(&json).unwrap(), example());
        assert!(serde_json::from_str::<Layout>(r#"{"kind":"linked","private":["[a"]}"#).is_err());
    }

    #[test]
    fn kind_and_globs_make_another_directory() {
        let tree = TreeId::of(b"");
        let isolated = Layout {
            kind: LayoutKind::Isolated,
            ..example()
        };
        let bare = Layout {
            private: PrivateGlobs::none(),
            ..example()
        };
        let ids = [example(), isolated, bare].map(|layout| layout.directory_id(&tree));
        assert!(ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2]);
    }
}
