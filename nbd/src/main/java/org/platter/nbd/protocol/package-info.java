// SPDX-License-Identifier: Apache-2.0
/**
 * The messages of the NBD protocol as values: decoding and encoding, no I/O and no state. Source: docs/formats/nbd.md,
 * our words on the public protocol document. May use {@code org.platter.error}. All values are immutable; numbers are
 * big-endian.
 */
package org.platter.nbd.protocol;
