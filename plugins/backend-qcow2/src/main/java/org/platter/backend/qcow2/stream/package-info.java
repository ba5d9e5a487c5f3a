// SPDX-License-Identifier: Apache-2.0
/**
 * Compressed clusters: reading them at random, and making them while an image is filled. May use the packages
 * {@code layout} and {@code table}, the api bundle, and the zstd library, which nothing else sees. Many threads compress
 * and decompress at once; nothing here starts a thread.
 */
package org.platter.backend.qcow2.stream;
