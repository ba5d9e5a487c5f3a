// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi;

import java.io.IOException;
import org.platter.backend.iscsi.session.Session;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.format.Image;
import org.platter.format.ImageInfo;
import org.platter.format.Run;

/** A logical unit as an image: one run of data, from end to end. {@link #map} takes no lock and does no I/O. */
final class IscsiImage implements Image {
    private final ImageInfo info;
    private final Session session;
    private final LunStorage storage;
    private final Runnable afterClose;

    IscsiImage(ImageInfo info, Session session, LunStorage storage, Runnable afterClose) {
        this.info = info;
        this.session = session;
        this.storage = storage;
        this.afterClose = afterClose;
    }

    @Override
    public ImageInfo info() {
        return info;
    }

    @Override
    public Run map(long offset, long length) {
        return new Run.Data(offset, length, storage, offset);
    }

    /** Zero and free both become zeroes, by giving up blocks where the unit can. */
    @Override
    public void remap(Run run) throws IOException {
        if (run instanceof Run.Data) {
            throw new DiskException(ErrorCode.NOT_SUPPORTED, "an iSCSI unit cannot move data");
        }
        storage.zero(run.offset(), run.length());
    }

    /** The size is the target's affair. */
    @Override
    public void resize(long size) throws IOException {
        throw new DiskException(
                ErrorCode.NOT_SUPPORTED,
                "an iSCSI unit has the size that its target gives it, " + info.size()
                        + " bytes now; change it there, then close the disk and open it again");
    }

    @Override
    public void flush() throws IOException {
        storage.flush();
    }

    @Override
    public void close() {
        session.close();
        afterClose.run();
    }
}
