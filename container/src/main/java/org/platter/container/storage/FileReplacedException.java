// SPDX-License-Identifier: Apache-2.0
package org.platter.container.storage;

import java.nio.file.FileSystemException;
import java.nio.file.Path;

/** Another file took the path between looking at it and opening it. */
final class FileReplacedException extends FileSystemException {
    private static final long serialVersionUID = 1L;

    FileReplacedException(Path path) {
        super(path.toString(), null, "another file has taken its place");
    }
}
