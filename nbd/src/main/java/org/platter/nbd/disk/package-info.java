// SPDX-License-Identifier: Apache-2.0
/**
 * The disk as clients see it: bytes at any offset, calls that do not wait, and counters of what they did. May use
 * {@code org.platter.error}, {@code org.platter.disk} and {@code org.platter.export}. Safe for use by many threads.
 */
package org.platter.nbd.disk;
