// SPDX-License-Identifier: Apache-2.0
package org.platter.disk;

/**
 * The result of comparing two disks.
 *
 * @param identical true if they read the same
 * @param difference the offset of the first byte that differs, or -1
 */
public record Comparison(boolean identical, long difference) {}
