//! Agreement of our tree with two implementations that are not ours, at every size up to 512 leaves.

use std::convert::Infallible;

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof, RootHash};
use sha2::Sha256;
use tlog_tiles::{check_record, check_tree, prove_record, prove_tree, stored_hashes_for_record_hash, tree_hash};

use super::proofs::{
    HashReader, NotProven, check_consistency, check_inclusion, prove_consistency, prove_inclusion, root,
};
use super::tiles::{TILE_WIDTH, TileId, tile_root, tiles_completed};
use super::tree::{EMPTY_ROOT, Frontier, Hash, leaf_hash, node_hash};

const SIZES: u64 = 512;

fn leaf(number: u64) -> Vec<u8> {
    format!("leaf {number}").into_bytes()
}

/// Reads subtrees of a tree held in memory, level by level.
struct Leaves(Vec<Vec<Hash>>);

impl Leaves {
    fn new(count: u64) -> Self {
        let mut levels = vec![(0..count).map(|number| leaf_hash(&leaf(number))).collect::<Vec<_>>()];
        while levels[levels.len() - 1].len() > 1 {
            let below = &levels[levels.len() - 1];
            levels.push(below.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect());
        }
        Self(levels)
    }
}

impl HashReader for Leaves {
    type Error = Infallible;

    fn subtree_root(&mut self, level: u32, number: u64) -> Result<Hash, Infallible> {
        Ok(self.0[usize::try_from(level).unwrap()][usize::try_from(number).unwrap()])
    }
}

/// The hash store of the `tlog_tiles` crate.
#[derive(Default)]
struct Stored(Vec<tlog_tiles::Hash>);

impl Stored {
    fn push(&mut self, number: u64) {
        let hash = tlog_tiles::record_hash(&leaf(number));
        let new = stored_hashes_for_record_hash(number, hash, &*self).unwrap();
        self.0.extend(new);
    }
}

impl tlog_tiles::HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|index| self.0[usize::try_from(*index).unwrap()]).collect())
    }
}

fn ct_root(hash: Hash, size: u64) -> RootHash<Sha256> {
    RootHash::new(hash.0.into(), size)
}

fn flat(proof: &[Hash]) -> Vec<u8> {
    Hash::list_to_bytes(proof)
}

#[test]
fn roots_agree_at_every_size() {
    let mut leaves = Leaves::new(SIZES);
    let (mut frontier, mut ct, mut tlog) =
        (Frontier::empty(), MemoryBackedTree::<Sha256, Vec<u8>>::new(), Stored::default());
    assert_eq!(ct.root().as_bytes()[..], EMPTY_ROOT.0);
    for number in 0..SIZES {
        frontier.push(leaf_hash(&leaf(number)));
        ct.push(leaf(number));
        tlog.push(number);
        let ours = frontier.root();
        assert_eq!(ours.0[..], ct.root().as_bytes()[..], "{number}");
        assert_eq!(ours.0, tree_hash(number + 1, &tlog).unwrap().0, "{number}");
        assert_eq!(root(&mut leaves, number + 1), Ok(ours));
    }
}

#[test]
fn every_inclusion_proof_agrees() {
    let mut leaves = Leaves::new(SIZES);
    let (mut ct, mut tlog) = (MemoryBackedTree::<Sha256, Vec<u8>>::new(), Stored::default());
    for size in 1..=SIZES {
        ct.push(leaf(size - 1));
        tlog.push(size - 1);
        let root = root(&mut leaves, size).unwrap();
        for index in 0..size {
            let proof = prove_inclusion(&mut leaves, index, size).unwrap();
            let at = usize::try_from(index).unwrap();
            assert_eq!(flat(&proof), ct.prove_inclusion(at).as_bytes(), "{index} of {size}");
            assert_eq!(check_inclusion(index, leaves.0[0][at], size, root, &proof), Ok(()), "{index} of {size}");
            // The other crates' own checks of our proofs, on a sample of sizes because they are slow.
            if size % 37 == 0 || size.is_power_of_two() {
                let theirs = InclusionProof::from_bytes(flat(&proof));
                ct_root(root, size).verify_inclusion(&leaf(index), index, &theirs).unwrap();
                let mine = proof.iter().map(|hash| tlog_tiles::Hash(hash.0)).collect();
                assert_eq!(prove_record(size, index, &tlog).unwrap(), mine);
                let record = tlog_tiles::record_hash(&leaf(index));
                check_record(&mine, size, tlog_tiles::Hash(root.0), index, record).unwrap();
            }
        }
    }
}

#[test]
fn every_consistency_proof_agrees() {
    let mut leaves = Leaves::new(SIZES);
    let (mut ct, mut tlog) = (MemoryBackedTree::<Sha256, Vec<u8>>::new(), Stored::default());
    let roots: Vec<_> = (0..=SIZES).map(|size| root(&mut leaves, size).unwrap()).collect();
    let root_at = |size: u64| roots[usize::try_from(size).unwrap()];
    for new in 1..=SIZES {
        ct.push(leaf(new - 1));
        tlog.push(new - 1);
        for old in 0..=new {
            let proof = prove_consistency(&mut leaves, old, new).unwrap();
            assert_eq!(check_consistency(old, root_at(old), new, root_at(new), &proof), Ok(()), "{old} to {new}");
            if old == 0 {
                continue;
            }
            let theirs = ct.prove_consistency(usize::try_from(new - old).unwrap());
            assert_eq!(flat(&proof), theirs.as_bytes(), "{old} to {new}");
            if new % 37 == 0 || new.is_power_of_two() {
                let ours = ConsistencyProof::try_from_bytes(flat(&proof)).unwrap();
                ct_root(root_at(new), new).verify_consistency(&ct_root(root_at(old), old), &ours).unwrap();
                let mine = proof.iter().map(|hash| tlog_tiles::Hash(hash.0)).collect();
                assert_eq!(prove_tree(new, old, &tlog).unwrap(), mine, "{old} to {new}");
                let (old_root, new_root) = (tlog_tiles::Hash(root_at(old).0), tlog_tiles::Hash(root_at(new).0));
                check_tree(&mine, new, new_root, old, old_root).unwrap();
            }
        }
    }
}

#[test]
fn a_proof_changed_anywhere_proves_nothing() {
    let mut leaves = Leaves::new(70);
    let roots: Vec<_> = (0..=70).map(|size| root(&mut leaves, size).unwrap()).collect();
    for size in [1, 2, 3, 7, 8, 33, 70_u64] {
        let root = roots[usize::try_from(size).unwrap()];
        for index in 0..size {
            let hash = leaves.0[0][usize::try_from(index).unwrap()];
            let proof = prove_inclusion(&mut leaves, index, size).unwrap();
            let check = |index, hash, size, proof: &[Hash]| check_inclusion(index, hash, size, root, proof);
            assert_eq!(check(size, hash, size, &proof), Err(NotProven));
            assert_eq!(check(index, EMPTY_ROOT, size, &proof), Err(NotProven));
            for other in (0..size).filter(|other| *other != index) {
                assert_eq!(check(other, hash, size, &proof), Err(NotProven), "{other} for {index} of {size}");
            }
            for broken in broken_versions(&proof) {
                assert_eq!(check(index, hash, size, &broken), Err(NotProven));
            }
        }
        for old in 1..size {
            let (old_root, proof) =
                (roots[usize::try_from(old).unwrap()], prove_consistency(&mut leaves, old, size).unwrap());
            assert_eq!(check_consistency(old, EMPTY_ROOT, size, root, &proof), Err(NotProven));
            assert_eq!(check_consistency(old, old_root, size, EMPTY_ROOT, &proof), Err(NotProven));
            for broken in broken_versions(&proof) {
                assert_eq!(check_consistency(old, old_root, size, root, &broken), Err(NotProven), "{old} to {size}");
            }
        }
    }
    assert_eq!(check_consistency(3, roots[3], 2, roots[2], &[]), Err(NotProven));
    assert_eq!(check_consistency(3, roots[3], 3, roots[2], &[]), Err(NotProven));
    assert_eq!(check_consistency(0, roots[3], 5, roots[5], &[]), Err(NotProven));
}

/// The proof with one hash changed, one missing and one too many.
fn broken_versions(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut versions = vec![[proof, &[EMPTY_ROOT]].concat()];
    for at in 0..proof.len() {
        let mut changed = proof.to_vec();
        changed[at].0[at % 32] ^= 1;
        let mut shorter = proof.to_vec();
        shorter.remove(at);
        versions.extend([changed, shorter]);
    }
    versions
}

#[test]
fn full_tiles_are_those_of_the_reference_crate() {
    let size = TILE_WIDTH * 3 + 5;
    let mut tlog = Stored::default();
    (0..size).for_each(|number| tlog.push(number));
    let leaves = Leaves::new(size);
    let full: Vec<_> = tiles_completed(0, size).collect();
    let theirs: Vec<_> =
        tlog_tiles::Tile::new_tiles(8, 0, size).into_iter().filter(|tile| tile.width() == 256).collect();
    assert_eq!(full.len(), theirs.len());
    for (TileId { level, number }, tile) in full.iter().zip(theirs) {
        assert_eq!((*level, *number), (tile.level(), tile.level_index()));
        let start = usize::try_from(number * TILE_WIDTH).unwrap();
        let hashes = &leaves.0[0][start..start + 256];
        assert_eq!(flat(hashes), tile.read_data(&tlog).unwrap());
        assert_eq!(tile_root(hashes).0, tlog_tiles::Tile::subtree_hash(&flat(hashes)).0);
    }
}
