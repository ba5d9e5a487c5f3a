// SPDX-License-Identifier: Apache-2.0
/**
 * Extents with tables of grains: those of workstation products ("hosted", KDMV) and of ESX servers (COWD, seSparse). One
 * {@link org.platter.backend.vmdk.sparse.SparseExtent} serves the first two; what differs is in their headers. May use
 * the packages {@code table}, {@code layout} and {@code extent} and the api bundle. Threading is that of the extents.
 */
package org.platter.backend.vmdk.sparse;
