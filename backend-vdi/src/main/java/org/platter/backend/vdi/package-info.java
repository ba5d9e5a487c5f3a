// SPDX-License-Identifier: Apache-2.0
/**
 * The VDI format. May use the api bundle, never another backend. Threading is that of {@link org.platter.format.Image}:
 * looking at the map takes no lock, changes come from one thread at a time.
 */
package org.platter.backend.vdi;
