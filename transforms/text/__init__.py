"""The pure text code: from bytes to an article, without Beam, clock or I/O."""
