"""BLAKE3-256 in plain Python, from the published specification.

Promises the same 32 bytes as any other implementation, for every length, plain hash mode only. It is slow (well under a
megabyte a second): `digests.py` prefers the package `blake3` where that is installed.
"""

IV = (
    0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
    0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
)  # fmt: skip
PERMUTATION = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
COLUMNS_THEN_DIAGONALS = (
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
)  # fmt: skip
CHUNK_BYTES = 1024
BLOCK_BYTES = 64
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8
MASK = 0xFFFFFFFF


def _schedule():
    """The message word order of each of the seven rounds, permuted once here instead of once a block."""
    order, rounds = list(range(16)), []
    for _ in range(7):
        rounds.append(tuple(zip(COLUMNS_THEN_DIAGONALS, order[::2], order[1::2])))
        order = [order[i] for i in PERMUTATION]
    return tuple(rounds)


SCHEDULE = _schedule()


def _compress(chaining, words, counter, length, flags):
    """The compression function, cut to the eight words of the next chaining value."""
    v = [*chaining, *IV[:4], counter & MASK, counter >> 32, length, flags]
    for steps in SCHEDULE:
        for (a, b, c, d), first, second in steps:
            va = (v[a] + v[b] + words[first]) & MASK
            x = v[d] ^ va
            vd = (x >> 16 | x << 16) & MASK
            vc = (v[c] + vd) & MASK
            x = v[b] ^ vc
            vb = (x >> 12 | x << 20) & MASK
            va = (va + vb + words[second]) & MASK
            x = vd ^ va
            vd = (x >> 8 | x << 24) & MASK
            vc = (vc + vd) & MASK
            x = vb ^ vc
            v[a], v[b], v[c], v[d] = va, (x >> 7 | x << 25) & MASK, vc, vd
    return tuple(v[i] ^ v[i + 8] for i in range(8))


def _words(block):
    block = block.ljust(BLOCK_BYTES, b"\0")
    return tuple(int.from_bytes(block[i : i + 4], "little") for i in range(0, BLOCK_BYTES, 4))


def _chunk(data, counter, root_flag):
    """The chaining value of one chunk; `root_flag` is ROOT when the chunk is the whole input, else 0."""
    chaining = IV
    last = max(0, (len(data) - 1) // BLOCK_BYTES)
    for index in range(last + 1):
        block = data[index * BLOCK_BYTES : (index + 1) * BLOCK_BYTES]
        flags = CHUNK_START if index == 0 else 0
        if index == last:
            flags |= CHUNK_END | root_flag
        chaining = _compress(chaining, _words(block), counter, len(block), flags)
    return chaining


def _parent(left, right, root_flag):
    return _compress(IV, left + right, 0, BLOCK_BYTES, PARENT | root_flag)


class Blake3:
    """An incremental hash with the two methods of `hashlib` that a reader needs."""

    def __init__(self):
        self._pending = b""
        self._chunks = 0
        self._subtrees = []

    def update(self, data):
        """Adds bytes. The newest chunk waits, because only the end of the input tells whether it is the last one."""
        buffer = self._pending + data
        start = 0
        while len(buffer) - start > CHUNK_BYTES:
            self._push(_chunk(buffer[start : start + CHUNK_BYTES], self._chunks, 0))
            start += CHUNK_BYTES
        self._pending = buffer[start:]
        return self

    def digest(self):
        """The 32 bytes of the hash of what was added so far."""
        if not self._subtrees:
            return self._bytes(_chunk(self._pending, 0, ROOT))
        value = _chunk(self._pending, self._chunks, 0)
        for subtree in reversed(self._subtrees[1:]):
            value = _parent(subtree, value, 0)
        return self._bytes(_parent(self._subtrees[0], value, ROOT))

    def _push(self, value):
        self._chunks += 1
        complete = self._chunks
        while complete & 1 == 0:
            value = _parent(self._subtrees.pop(), value, 0)
            complete >>= 1
        self._subtrees.append(value)

    @staticmethod
    def _bytes(words):
        return b"".join(word.to_bytes(4, "little") for word in words)
