// SPDX-License-Identifier: Apache-2.0
/**
 * How a disk is divided: partition tables and LVM. May use {@code org.platter.space} and {@code org.platter.error}. For
 * one thread at a time.
 */
package org.platter.filesystems.layout;
