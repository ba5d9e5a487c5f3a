// SPDX-License-Identifier: Apache-2.0
package org.platter.testkit;

import java.io.Closeable;
import java.io.IOException;
import org.platter.format.Image;
import org.platter.format.ImageInfo;

/** An open image with its context and driver. Closing it closes the image and bars its storages. */
public record OpenImage(TestImageContext context, ImageDriver driver) implements Closeable {
    /** The image. */
    public Image image() {
        return driver.image();
    }

    /** What the image says of itself. */
    public ImageInfo info() {
        return image().info();
    }

    /** The files of the image, shared with whoever opens it next. */
    public MemoryFolder folder() {
        return context.folder();
    }

    @Override
    public void close() throws IOException {
        driver.close();
        context.close();
    }
}
