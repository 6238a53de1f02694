package dev.varve.crypto;

import java.nio.charset.StandardCharsets;

/** What a sub-key is for; its label goes into the derivation, so keys of different purposes are unrelated (docs/format.md, "Keys"). */
public enum KeyPurpose {
    CHUNK_ID("varve chunk id"),
    FRAME("varve frame"),
    TRAILER("varve trailer"),
    MANIFEST("varve manifest"),
    RECORD("varve record"),
    OBJECT_NAME("varve object name"),
    GEAR_TABLE("varve gear table"),
    READ_CACHE("varve read cache");

    private final String label;

    KeyPurpose(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }

    byte[] labelBytes() {
        return label.getBytes(StandardCharsets.US_ASCII);
    }
}
