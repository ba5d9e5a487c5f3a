// SPDX-License-Identifier: Apache-2.0
/**
 * What the file systems of a disk do not use. May use {@code layout} and {@code type} of this bundle, and of the API
 * {@code space} and {@code error}. The service keeps no state; an answer is for one thread at a time.
 */
package org.platter.filesystems;
