// SPDX-License-Identifier: Apache-2.0
/**
 * Formats that leave and arrive under open images, and the check of a newcomer in the shadow. May use {@code chain},
 * {@code image} and the API. Holds the structure of one disk at a time.
 */
package org.platter.container.swap;
