// SPDX-License-Identifier: Apache-2.0
/**
 * The VHDX format: opening, creating and changing images of every variant. May use the api bundle and the packages below
 * this one. Threading is that of {@link org.platter.format.Image}.
 */
package org.platter.backend.vhdx;
