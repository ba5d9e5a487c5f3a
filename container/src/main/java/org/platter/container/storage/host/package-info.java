// SPDX-License-Identifier: Apache-2.0
/**
 * What Java does not ask of the host: descriptors for holes and reservations, kinds of files, who holds a lock, what
 * failures mean. May use {@code org.platter.error}. Safe for use by many threads.
 */
package org.platter.container.storage.host;
