// SPDX-License-Identifier: Apache-2.0
package org.platter.itest.broken;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import org.platter.config.ConfigSchema;
import org.platter.format.FormatBackend;
import org.platter.format.Image;
import org.platter.format.ImageContext;
import org.platter.format.ImageInfo;
import org.platter.format.Run;
import org.platter.storage.Storage;

/** VDI, but with a fault when it opens: that of the system property {@code platter.test.broken}. */
public final class BrokenBackend implements FormatBackend {
    private final FormatBackend vdi;

    /** Made by the framework. */
    public BrokenBackend() throws ReflectiveOperationException {
        vdi = (FormatBackend) Class.forName("org.platter.backend.vdi.VdiBackend")
                .getConstructor()
                .newInstance();
    }

    @Override
    public ConfigSchema schema() {
        return vdi.schema();
    }

    @Override
    public boolean probe(Storage storage) throws IOException {
        return vdi.probe(storage);
    }

    @Override
    public Image open(ImageContext context) throws IOException {
        switch (System.getProperty("platter.test.broken", "")) {
            case "throws":
                throw new IllegalStateException("broken on purpose");
            case "throws-writing":
                if (context.writable()) {
                    throw new IllegalStateException("broken on purpose");
                }
                return vdi.open(context);
            case "hangs":
                while (System.getProperty("platter.test.broken") != null) {
                    LockSupport.parkNanos(10_000_000);
                }
                throw new IOException("hung on purpose");
            case "wrong":
                return new Shifted(vdi.open(context));
            default:
                return vdi.open(context);
        }
    }

    /** Data is one sector beside where it should be. */
    private record Shifted(Image image) implements Image {
        @Override
        public ImageInfo info() {
            return image.info();
        }

        @Override
        public Run map(long offset, long length) throws IOException {
            Run run = image.map(offset, length);
            return run instanceof Run.Data data
                    ? new Run.Data(data.offset(), data.length(), data.storage(), data.position() - 512)
                    : run;
        }

        @Override
        public void close() throws IOException {
            image.close();
        }
    }
}
