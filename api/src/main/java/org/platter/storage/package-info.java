// SPDX-License-Identifier: Apache-2.0
/**
 * Where bytes are kept: files, LUNs, memory. May use {@code org.platter.error}. Every {@link org.platter.storage.Storage}
 * is safe for use by many threads.
 */
@Export(substitution = Export.Substitution.NOIMPORT)
@Version("1.0.0")
package org.platter.storage;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
