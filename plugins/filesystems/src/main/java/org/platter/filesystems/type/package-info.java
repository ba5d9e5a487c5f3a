// SPDX-License-Identifier: Apache-2.0
/**
 * What file systems say about their space. May use {@code org.platter.filesystems.layout}, {@code org.platter.space} and
 * {@code org.platter.error}. For one thread at a time; whatever a disk holds ends in an answer or a
 * {@link org.platter.error.DiskException}.
 */
package org.platter.filesystems.type;
