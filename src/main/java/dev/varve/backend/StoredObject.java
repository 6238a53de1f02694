package dev.varve.backend;

/** An entry of a listing. */
public record StoredObject(String name, long sizeBytes) {}
