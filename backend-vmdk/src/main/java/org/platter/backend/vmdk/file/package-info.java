// SPDX-License-Identifier: Apache-2.0
/**
 * Which files the extents of a descriptor are in, and whether they may be. May use the packages {@code descriptor},
 * {@code layout} and {@code extent} and the api bundle. For one thread at a time.
 */
package org.platter.backend.vmdk.file;
