// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import org.platter.backend.vdi.VdiBackend;
import org.platter.format.CheckReport;
import org.platter.format.FormatBackend;
import org.platter.format.Image;
import org.platter.format.ImageAttributes;
import org.platter.format.ImageContext;
import org.platter.format.ImageInfo;
import org.platter.format.ImageSpec;
import org.platter.format.Progress;
import org.platter.format.Run;
import org.platter.storage.Storage;

/** VDI, but for calls that do something else before, such as throwing what no format should. */
final class BrokenBackend implements FormatBackend {
    private final VdiBackend vdi = new VdiBackend();
    private final AtomicReference<Runnable> onMap = new AtomicReference<>(() -> {});
    private final AtomicReference<Runnable> onAllocate = new AtomicReference<>(() -> {});
    private final AtomicReference<Runnable> onCheck = new AtomicReference<>(() -> {});

    void onMap(Runnable before) {
        onMap.set(before);
    }

    void onAllocate(Runnable before) {
        onAllocate.set(before);
    }

    /** Between two steps of a check. */
    void onCheck(Runnable between) {
        onCheck.set(between);
    }

    @Override
    public boolean probe(Storage storage) throws IOException {
        return vdi.probe(storage);
    }

    @Override
    public Image open(ImageContext context) throws IOException {
        return new Broken(vdi.open(context));
    }

    @Override
    public Image create(ImageContext context, ImageSpec spec) throws IOException {
        return new Broken(vdi.create(context, spec));
    }

    private final class Broken implements Image {
        private final Image image;

        Broken(Image image) {
            this.image = image;
        }

        @Override
        public ImageInfo info() {
            return image.info();
        }

        @Override
        public Run map(long offset, long length) throws IOException {
            onMap.get().run();
            return image.map(offset, length);
        }

        @Override
        public Run.Data allocate(long offset, long length) throws IOException {
            onAllocate.get().run();
            return image.allocate(offset, length);
        }

        @Override
        public void remap(Run run) throws IOException {
            image.remap(run);
        }

        @Override
        public void update(ImageAttributes attributes) throws IOException {
            image.update(attributes);
        }

        @Override
        public void resize(long size) throws IOException {
            image.resize(size);
        }

        @Override
        public CheckReport check(Progress progress) throws IOException {
            onCheck.get().run();
            progress.advance(1);
            return image.check(progress);
        }

        @Override
        public void flush() throws IOException {
            image.flush();
        }

        @Override
        public void close() throws IOException {
            image.close();
        }
    }
}
