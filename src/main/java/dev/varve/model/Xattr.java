package dev.varve.model;

/**
 * One extended attribute as the VFS shows it: the full name with its prefix ({@code user.…}, {@code security.capability},
 * {@code system.posix_acl_access}) and the value in the VFS form (ACLs little-endian version 2).
 */
public record Xattr(ByteString name, ByteString value) {}
