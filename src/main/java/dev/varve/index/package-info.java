/**
 * The chunk index: where each chunk lies, kept as immutable MapDB segments in a local directory. A cache; packs are the
 * truth. The only package that knows MapDB.
 */
package dev.varve.index;
