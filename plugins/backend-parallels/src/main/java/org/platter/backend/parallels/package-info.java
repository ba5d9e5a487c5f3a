// SPDX-License-Identifier: Apache-2.0
/**
 * Expanding images of Parallels and their {@code .hdd} folders. May use the API only. A backend keeps no state; an image
 * has the threading of {@link org.platter.format.Image}.
 */
package org.platter.backend.parallels;
