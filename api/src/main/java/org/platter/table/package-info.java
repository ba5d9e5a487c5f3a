// SPDX-License-Identifier: Apache-2.0
/**
 * What nearly every format with a map needs: a table of 32-bit entries in bounded memory, and which places of the file are
 * free. A convenience: formats may keep their maps as they like. May use {@code storage} and {@code error}. Threading is
 * stated on the classes.
 */
@Export(substitution = Export.Substitution.NOIMPORT)
@Version("1.0.0")
package org.platter.table;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
