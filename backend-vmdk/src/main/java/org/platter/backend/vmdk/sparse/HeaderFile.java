// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.sparse;

import java.io.IOException;
import org.platter.backend.vmdk.layout.Layout;

/** The header of a sparse extent in its file, whatever its kind. For one thread. */
interface HeaderFile {
    /** True if the extent was not closed in order when the header was read. */
    boolean unclean();

    /** Stores the header by one write. {@code end} is where free space of the file starts. */
    void store(Layout layout, boolean unclean, long end) throws IOException;
}
