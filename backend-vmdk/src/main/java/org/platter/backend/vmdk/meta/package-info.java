// SPDX-License-Identifier: Apache-2.0
/**
 * What the keys and extents of a descriptor mean, and which of them a new image gets. May use the packages {@code
 * descriptor} and {@code extent} and the api bundle. For one thread at a time.
 */
package org.platter.backend.vmdk.meta;
