// SPDX-License-Identifier: Apache-2.0
/**
 * Extents of compressed grains: reading them at random, and writing them once from front to end. May use the packages
 * {@code extent}, {@code layout} and {@code table} and the api bundle. Many threads compress and decompress at once;
 * nothing here starts a thread.
 */
package org.platter.backend.vmdk.stream;
