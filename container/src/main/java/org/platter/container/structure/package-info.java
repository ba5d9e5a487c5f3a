// SPDX-License-Identifier: Apache-2.0
/**
 * Changes of what a disk consists of: opening and finding parents, creating, closing, moving, merging, attributes. May use
 * {@code chain}, {@code data}, {@code image} and the API. Runs alone in the disk, but for what takes long.
 */
package org.platter.container.structure;
