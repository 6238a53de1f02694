package dev.varve.view;

import dev.varve.model.Attributes;
import dev.varve.model.ByteString;

/** A symbolic link that is not in any backup: {@code latest}. */
public record LinkNode(long inodeNumber, Attributes attributes, ByteString target) implements ViewNode {}
