"""Signatures and notes against published ones: RFC 8032, 7.1, and Go's sumdb/note package."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from ipaportal.core import notes
from ipaportal.core.ed25519 import ORDER, is_signed

# RFC 8032, section 7.1, tests 1, 2 and 3: public key, message, signature.
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
# The example of golang.org/x/mod/sumdb/note (its package documentation).
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
GO_NOTE = (
    f"{GO_TEXT}\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZ"
    "SNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_takes_the_published_signatures(public, message, signature):
    key, text, signed = (bytes.fromhex(part) for part in (public, message, signature))
    assert is_signed(key, text, signed)
    assert not is_signed(key, text + b"\0", signed)
    for at in (0, 31, 32, 63):
        assert not is_signed(key, text, signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :])
    assert not is_signed(key, text, signed[:-1])
    assert not is_signed(key[:-1], text, signed)
    # The same signature with a scalar beyond the order of the group is another text for it.
    scalar = int.from_bytes(signed[32:], "little") + ORDER
    assert not is_signed(key, text, signed[:32] + scalar.to_bytes(32, "little"))


@settings(max_examples=10)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=100))
def test_agrees_with_the_library_that_signs(seed, message):
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes_raw()
    assert is_signed(public, message, private.sign(message))
    assert not is_signed(public, message + b".", private.sign(message))


def test_refuses_a_key_that_is_no_point():
    assert not is_signed(b"\xff" * 32, b"", b"\0" * 64)
    assert not is_signed(b"\x02" + b"\0" * 31, b"", b"\0" * 64)


def test_opens_the_published_note():
    name, key = notes.read_verifier_key(GO_KEY)
    assert (name, notes.verifier_key(name, key)) == ("PeterNeumann", GO_KEY)
    assert notes.open_note(GO_NOTE, name, key) == GO_TEXT
    assert notes.split_notes(f"{GO_NOTE}\n{GO_NOTE}") == [GO_NOTE, GO_NOTE]


@pytest.mark.parametrize(
    ("note", "said"),
    [
        (GO_NOTE.replace("answer", "Answer"), "was altered"),
        (GO_NOTE.replace("PeterNeumann", "EnochRoot"), "not signed with the key"),
        (GO_NOTE.replace("x08go", "y08go"), "not signed with the key"),
        (GO_TEXT, "no signed note"),
        (GO_NOTE.replace("x08go", "*"), "not base64"),
    ],
)
def test_refuses_a_note_that_was_altered(note, said):
    with pytest.raises(notes.BadNote, match=said):
        notes.open_note(note, *notes.read_verifier_key(GO_KEY))


@pytest.mark.parametrize(
    "text", ["", "name", GO_KEY.replace("c74", "c75"), GO_KEY[:-4], "a+b+c", GO_KEY[4:]]
)
def test_refuses_what_is_no_key(text):
    with pytest.raises(notes.BadNote):
        notes.read_verifier_key(text)


def test_writes_and_reads_a_checkpoint():
    # The example of C2SP tlog-checkpoint.
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    read = notes.read_checkpoint(text)
    assert (read.origin, read.size, read.text()) == ("example.com/behind-the-sofa", 20852163, text)
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    public = private.public_key().public_bytes_raw()
    note = notes.sealed_note(text, read.origin, public, private.sign(text.encode()))
    assert notes.read_checkpoint(notes.open_note(note, read.origin, public)) == read


@pytest.mark.parametrize("text", ["", "a\nb\nc\n", "a\n01\nCsUY\n", "a\n1\nCsUYapGG\n"])
def test_refuses_what_is_no_checkpoint(text):
    with pytest.raises(notes.BadNote):
        notes.read_checkpoint(text)


def test_refuses_a_file_with_something_between_its_notes():
    with pytest.raises(notes.BadNote):
        notes.split_notes(f"{GO_NOTE}\nsomething\n")
