/** Tiers of storage: what of the cold tier is kept on the local disk. */
package dev.varve.tier;
